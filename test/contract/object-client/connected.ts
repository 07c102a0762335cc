import { afterAll, beforeAll } from 'vitest';
import type { ObjectClient } from '../../../src/domain/client.ts';

/** A client under test, with a namespace that is its own and empty. */
export interface ContractClient {
  readonly client: ObjectClient;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Gives the client under test, within a test. */
export type Use = () => ContractClient;

/** Connects before the first test of the surrounding `describe` and closes after the last. */
export function connected(makeClient: () => Promise<ContractClient>): Use {
  let contract: ContractClient | undefined;
  beforeAll(async () => {
    contract = await makeClient();
  });
  afterAll(async () => {
    await contract?.close();
  });
  return () => {
    if (contract === undefined) throw new Error('not connected');
    return contract;
  };
}
