export { there } from './there.ts'; export const here = 1;
