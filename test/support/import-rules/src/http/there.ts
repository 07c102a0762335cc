export { here } from './breaks-no-circular.ts'; export const there = 1;
