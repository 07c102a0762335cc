export { story } from './story/ok.ts';
