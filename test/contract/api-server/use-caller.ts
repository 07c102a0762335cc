import type { ApiCaller } from './api-caller.ts';
import type { ContractServer } from './contract-server.ts';

/** The server under test and a client of it. */
export type UseCaller = () => { readonly api: ApiCaller; readonly server: ContractServer };
