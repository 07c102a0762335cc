/** What stands above the table of a generated page of plug-ins. */

export const ROUTER_INTRODUCTION = `# Routers

\`spec.provider\` of a Canary names one of these; without it the flag \`--mesh-provider\` counts. An unknown name is the
condition \`ProviderUnknown\`, and what a router cannot do for a spec is the condition \`Unsupported\`, before anything is
created. [Fields of a Canary](reference/canary-fields.md) says what each does with every field.

- by weight: moves a share of live traffic. Routers that do not are for blue/green.
- mirrors: sends copies of requests to the canary while it iterates; "before weights" also before the first step of a
  run with weights.
- by header or cookie: routes by \`analysis.match\`, for A/B testing.
- keeps clients: \`analysis.sessionAffinity\`.
- builtin checks: whose metrics \`request-success-rate\` and \`request-duration\` ask for.
- writes: the kinds of the objects that it creates or changes. All else in them stays as it is, and what others change
  is put right.`;

export const METRIC_PROVIDER_INTRODUCTION = `# Metric providers

A MetricTemplate names one of these in \`spec.provider.type\`. Types that Flagger's schema does not know are named by the
annotation \`sluice.dev/type\` of the MetricTemplate, which counts before the field. Credentials are keys of the Secret
that \`spec.provider.secretRef\` names; it is read again for every query, so that a new one counts at once. The keys
\`ca.crt\`, \`tls.crt\`, \`tls.key\` and \`proxy\` mean the same for every provider that calls a server: whom to trust, a
client certificate, and an HTTP proxy.

A query ends as a value, as no data, or as an error. Neither of the latter counts as a failed check: the weight stays,
and after \`threshold\` of them in a row the rollout is rolled back with the outcome \`NoData\`. \`sluice metrics query\`
tries a template.`;

export const NOTIFIER_INTRODUCTION = `# Notifiers

An AlertProvider names one of these in \`spec.type\`. Types that Flagger's schema does not know are named by the annotation
\`sluice.dev/type\` of the AlertProvider, which counts before the field. The address is \`spec.address\`, or the key
\`address\` of the Secret that \`spec.secretRef\` names, which may also have a \`token\`.

Alerts never hold up a rollout. What is not delivered is an Event of the Canary and counted in \`sluice_alerts_total\`.
\`sluice notify test\` tries a channel.`;
