import type { ChildProcess } from 'node:child_process';
import { get as httpGet } from 'node:http';
import { connect } from 'node:net';
import type { ApiObject } from './api.ts';

interface Probe {
  httpGet?: { path?: string; port: number | string; scheme?: string };
  tcpSocket?: { port: number | string };
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
  initialDelaySeconds?: number;
}

/** The parts of a container's spec that the pod runner honours. */
export interface ContainerSpec {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  ports?: { name?: string; containerPort: number }[];
  env?: EnvironmentVariable[];
  envFrom?: {
    configMapRef?: { name: string; optional?: boolean };
    secretRef?: { name: string; optional?: boolean };
  }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  securityContext?: { readOnlyRootFilesystem?: boolean };
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
    secretKeyRef?: { name: string; key: string; optional?: boolean };
  };
}

export interface Pod extends ApiObject {
  spec: {
    nodeName?: string;
    serviceAccountName?: string;
    automountServiceAccountToken?: boolean;
    restartPolicy?: string;
    terminationGracePeriodSeconds?: number;
    securityContext?: { runAsUser?: number };
    containers: ContainerSpec[];
  };
  status?: { phase?: string };
}

/** A container's run-time state, in the shape of containerStatuses. */
export interface Container {
  readonly spec: ContainerSpec;
  process: ChildProcess | undefined;
  restarts: number;
  ready: boolean;
  state: Record<string, unknown>;
  lastState: Record<string, unknown>;
}

/** Now, as the API writes times. */
export const timestamp = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** One probe, once. */
export function probe(spec: Probe, address: string, container: ContainerSpec): Promise<boolean> {
  const target = spec.httpGet?.port ?? spec.tcpSocket?.port ?? 0;
  const port =
    typeof target === 'number'
      ? target
      : (container.ports?.find((candidate) => candidate.name === target)?.containerPort ?? 0);
  const timeout = (spec.timeoutSeconds ?? 1) * 1000;
  if (spec.httpGet !== undefined)
    return probeHttp(address, port, spec.httpGet.path ?? '/', timeout);
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout }, () => {
      done(true);
    });
    const done = (ok: boolean): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.on('error', () => {
      done(false);
    });
    socket.on('timeout', () => {
      done(false);
    });
  });
}

function probeHttp(host: string, port: number, path: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = httpGet({ host, port, path, timeout }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
  });
}
