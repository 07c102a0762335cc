export { unit } from '../../test/unit/ok.ts';
