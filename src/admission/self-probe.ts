import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { SluiceError } from '../domain/errors.ts';
import { pathFor } from './paths.ts';

export interface SelfProbeOptions {
  readonly port: number;
  /** Address to dial; default 127.0.0.1. */
  readonly address?: string;
  /** A name that the serving certificate must carry. */
  readonly serverName: string;
  /** PEM; what the API server will be told to trust. */
  readonly caBundle: string;
  /** Clients need a certificate of their own, which a probe does not have: only the handshake is tried. */
  readonly handshakeOnly: boolean;
  readonly signal: AbortSignal;
}

const UID = 'self-probe';
const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: UID,
    kind: { group: 'sluice.dev', version: 'v1alpha1', kind: 'SelfProbe' },
    resource: { group: 'sluice.dev', version: 'v1alpha1', resource: 'selfprobes' },
    name: 'self-probe',
    operation: 'CREATE',
    userInfo: { username: 'system:serviceaccount:sluice-system:sluice-webhook' },
    object: {},
    dryRun: true,
  },
});

/**
 * Asks the review port as the API server will: by TLS, with the bundle that is about to be registered.
 * @throws SluiceError SLUICE_NOT_READY, retryable, when the answer is anything but an admission
 */
export async function probeReviewPort(options: SelfProbeOptions): Promise<void> {
  const isAnswered = options.handshakeOnly ? await shakesHands(options) : await answers(options);
  if (!isAnswered) {
    throw new SluiceError('SLUICE_NOT_READY', 'the review port does not answer yet', {
      retryable: true,
    });
  }
}

function answers(options: SelfProbeOptions): Promise<boolean> {
  const { port, address = '127.0.0.1', serverName, caBundle, signal } = options;
  const agent = new Agent({ ca: caBundle, keepAlive: false });
  return new Promise((resolve) => {
    const probe = request({
      agent,
      host: address,
      port,
      servername: serverName,
      method: 'POST',
      path: pathFor('validate', 'Fail'),
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(REVIEW) },
      signal,
    });
    probe.on('error', () => {
      resolve(false);
    });
    probe.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('close', () => {
        resolve(response.statusCode === 200 && isAdmission(text));
      });
    });
    probe.end(REVIEW);
  });
}

function isAdmission(text: string): boolean {
  try {
    const { response } = JSON.parse(text) as { response?: { uid?: string; allowed?: boolean } };
    return response?.uid === UID && response.allowed === true;
  } catch {
    return false;
  }
}

function shakesHands(options: SelfProbeOptions): Promise<boolean> {
  const { port, address = '127.0.0.1', serverName, caBundle } = options;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, servername: serverName, ca: caBundle });
    socket.once('secureConnect', () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
