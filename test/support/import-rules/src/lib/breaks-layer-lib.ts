export { domain } from '../domain/ok.ts';
