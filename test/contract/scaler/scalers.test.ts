import { describeContract } from '../frame/describe-contract.ts';
import { scalerContract } from './contract.ts';

await describeContract(scalerContract);
