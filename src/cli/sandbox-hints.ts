import type { Sandbox } from '../sandbox/sandbox.ts';

export interface HintsContext {
  /** Path of the kubeconfig. */
  readonly file: string;
  readonly namespace: string;
  /** A workload that is healthy. */
  readonly workload: string;
  readonly sandbox: Pick<Sandbox, 'url' | 'surroundings'>;
}

/** What the sandbox tells its user: where things are at the start, and what to try once the story is over. */
export function sandboxHints({ file, namespace, workload, sandbox }: HintsContext): {
  readonly atStart: string;
  readonly afterwards: string;
} {
  const { surroundings, url = '' } = sandbox;
  return {
    atStart: `Kubernetes ${url}, gateway http://${surroundings.gatewayAddress}, metrics ${surroundings.metricServer}
kubectl in another terminal: export KUBECONFIG=${file}

`,
    afterwards: `
The sandbox stays up. In another terminal:

  export KUBECONFIG=${file}
  kubectl get canaries,rolloutruns -n ${namespace}
  kubectl describe canary -n ${namespace}
  kubectl get rolloutpolicies,rolloutpolicybindings,changewindows -A

Try next:
  release something bad (30 % of its answers fail), and watch it go back
    kubectl set image -n ${namespace} deployment/${workload} podinfod=podinfo:6.1.0-err30
    kubectl get canary -n ${namespace} ${workload} -w
  ask for what the policies forbid
    kubectl patch canary -n ${namespace} ${workload} --type merge -p '{"spec":{"skipAnalysis":true}}'

Ctrl-C ends it and leaves nothing behind.
`,
  };
}
