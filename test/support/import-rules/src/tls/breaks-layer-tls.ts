export { cli } from '../cli/ok.ts';
