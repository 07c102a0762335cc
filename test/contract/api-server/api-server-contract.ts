import { afterAll, beforeAll, describe } from 'vitest';
import { admissionContract } from './admission.ts';
import { ApiCaller } from './api-caller.ts';
import type { ContractServer, MakeServer } from './contract-server.ts';
import { builtinTypeContract } from './builtin-types.ts';
import { crudContract } from './crud.ts';
import { customResourceContract } from './custom-resources.ts';
import { deletionContract } from './deleting.ts';
import { knownDifferences } from './known-differences.ts';
import { listingContract } from './listing.ts';
import { managedFieldsContract } from './managed-fields.ts';
import { patchContract } from './patching.ts';
import { policyContract } from './policies.ts';
import type { UseCaller } from './use-caller.ts';
import { watchContract } from './watching.ts';

/**
 * What a Kubernetes API server does, as far as Sluice and kubectl rely on it. Runs against the sandbox's server and
 * against a real kube-apiserver; every test makes namespaces of its own.
 */
export function apiServerContract(name: string, makeServer: MakeServer): void {
  describe(`API server: ${name}`, () => {
    let server: ContractServer | undefined;
    let api: ApiCaller | undefined;
    beforeAll(async () => {
      server = await makeServer();
      api = new ApiCaller(server.transport);
    });
    afterAll(async () => {
      await server?.close();
    });
    const use: UseCaller = () => {
      if (server === undefined || api === undefined) throw new Error('the server is not up');
      return { api, server };
    };
    crudContract(use);
    listingContract(use);
    watchContract(use);
    builtinTypeContract(use);
    patchContract(use);
    managedFieldsContract(use);
    customResourceContract(use);
    deletionContract(use);
    admissionContract(use);
    policyContract(use);
    knownDifferences(use);
  });
}
