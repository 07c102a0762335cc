export { sandbox } from '../sandbox/ok.ts';
