export { sandbox } from '../../src/sandbox/ok.ts';
