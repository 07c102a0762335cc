import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES } from './network.ts';

/** One authority, the API server's certificate, client certificates and the key of ServiceAccount tokens, by openssl. */
export function createPki(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const key = (name: string): void => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  };
  key('ca');
  openssl(
    'req',
    '-x509',
    '-new',
    '-key',
    'ca.key',
    '-days',
    '30',
    '-subj',
    '/CN=suite-ca',
    '-out',
    'ca.crt',
  );
  const certificate = (name: string, subject: string, extensions: string): void => {
    key(name);
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
    const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
    rmSync(join(folder, `${name}.csr`));
  };
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const sans = [
    ...names.map((name) => `DNS:${name}`),
    'IP:127.0.0.1',
    `IP:${ADDRESSES.apiServer}`,
    'IP:10.96.0.1',
  ];
  certificate('api', '/CN=kube-apiserver', `subjectAltName=${sans.join(',')}`);
  const client = 'extendedKeyUsage=clientAuth';
  certificate('admin', '/O=system:masters/CN=admin', client);
  certificate('kubelet', '/O=system:masters/CN=pod-runner', client);
  certificate('kcm', '/CN=system:kube-controller-manager', client);
  openssl('genrsa', '-out', 'sa.key', '2048');
  openssl('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
}
