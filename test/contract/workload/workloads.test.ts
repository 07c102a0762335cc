import { describeContract } from '../frame/describe-contract.ts';
import { workloadContract } from './contract.ts';

await describeContract(workloadContract);
