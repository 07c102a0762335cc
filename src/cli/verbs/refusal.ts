/** What was asked cannot be done, as the API server, Sluice or the state of the cluster says: exit code 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
