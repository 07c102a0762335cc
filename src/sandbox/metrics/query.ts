/**
 * The part of PromQL that the sandbox's metric server answers: Flagger's builtin checks for `gatewayapi:v1` and
 * `kubernetes` (docs.flagger.app, "Metrics analysis") and arithmetic over the same building blocks.
 */
export type Query =
  | { readonly type: 'number'; readonly value: number }
  /** `vector(N)`: what Flagger asks to see whether a server is there. */
  | { readonly type: 'vector'; readonly value: number }
  /** `sum(rate(SELECTOR[INTERVAL]))` or with `increase`. */
  | {
      readonly type: 'sum';
      readonly function: 'rate' | 'increase';
      readonly selector: Selector;
      readonly intervalMs: number;
    }
  /** `histogram_quantile(Q, sum(rate(SELECTOR[INTERVAL])) by (le))`. */
  | {
      readonly type: 'quantile';
      readonly quantile: number;
      readonly selector: Selector;
      readonly intervalMs: number;
    }
  | {
      readonly type: 'binary';
      readonly operator: '+' | '-' | '*' | '/';
      readonly left: Query;
      readonly right: Query;
    };

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly {
    readonly label: string;
    readonly operator: '=' | '!=' | '=~' | '!~';
    readonly value: string;
  }[];
}
