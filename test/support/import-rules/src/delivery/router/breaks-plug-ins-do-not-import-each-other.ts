export { router } from './one.ts';
