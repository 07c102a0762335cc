import { describe, expect, it } from 'vitest';
import {
  compileAddressRules,
  type OutboundRules,
} from '../../../../src/delivery/outbound/address-rules.ts';
import {
  addressSet,
  embeddedIpv4,
  specialAddress,
} from '../../../../src/delivery/outbound/ip-address.ts';
import { redirectOf } from '../../../../src/delivery/outbound/redirect.ts';

describe('addresses', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:a9fe:a9fe', 'link-local'],
    ['64:ff9b::169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['fd00:ec2::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
  ])('%s is %s', (address, kind) => {
    expect(specialAddress(address)).toBe(kind);
  });

  it.each([
    '10.0.0.1',
    '192.168.1.1',
    '1.1.1.1',
    '126.255.255.255',
    '169.253.1.1',
    'fd00::1',
    'fec0::1',
    '2606:4700::1111',
    '64:ff9b::101:101',
    '::ffff:10.0.0.1',
  ])('%s is like any other', (address) => {
    expect(specialAddress(address)).toBeUndefined();
  });

  it.each([
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['0:0:0:0:0:ffff:102:304', '1.2.3.4'],
    ['64:ff9b::102:304', '1.2.3.4'],
    ['2002:102:304:5::6', '1.2.3.4'],
    ['::1', undefined],
    ['::', undefined],
    ['2001:db8::102:304', undefined],
    ['1.2.3.4', undefined],
  ])('%s carries %s', (address, carried) => {
    expect(embeddedIpv4(address)).toBe(carried);
  });

  it.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4/33',
    '::/129',
    '1.2.3.4/',
    '1.2.3.4/8/9',
    '1.2.3.4/-1',
    '1.2.3.4/a',
  ])('"%s" is neither address nor range', (entry) => {
    expect(addressSet([entry])).toBeUndefined();
  });
});

describe('rules', () => {
  const judge = (
    rules: OutboundRules,
    host: string,
    address: string,
    more: { port?: number; isApiServer?: boolean } = {},
  ) =>
    compileAddressRules(rules).refusal(
      { host, address, port: more.port ?? 80 },
      more.isApiServer ?? false,
    );

  it('allow everything but special addresses and the API server', () => {
    expect(judge({}, 'example.com', '93.184.216.34')).toBeUndefined();
    expect(judge({}, 'prometheus.monitoring', '10.1.2.3')).toBeUndefined();
    expect(judge({}, 'example.com', '127.0.0.1')).toBe('a loopback address');
    expect(judge({}, 'example.com', '10.0.0.1', { isApiServer: true })).toBe(
      'the address of the API server',
    );
  });

  it.each([
    ['a range', '127.0.0.0/8'],
    ['an address', '127.0.0.1'],
    ['an address with port', '127.0.0.1:80'],
    ['a host', 'Hooks.Example.com'],
    ['a host with port', 'hooks.example.com:80'],
    ['a rooted host', 'hooks.example.com.'],
    ['all hosts of a domain', '*.example.com'],
  ])('allow what is special when %s says so', (_title, entry) => {
    expect(judge({ allow: [entry] }, 'hooks.example.com', '127.0.0.1')).toBeUndefined();
    expect(judge({ allow: [entry] }, 'HOOKS.example.com.', '::ffff:127.0.0.1')).toBeUndefined();
  });

  it.each([
    '127.0.0.1:81',
    '10.0.0.0/8',
    'example.com',
    '*.hooks.example.com',
    'xhooks.example.com',
    '[::1]',
  ])('do not allow it by %s', (entry) => {
    expect(judge({ allow: [entry] }, 'hooks.example.com', '127.0.0.1')).toBe('a loopback address');
  });

  it('open the API server by name or address, not by a range that happens to hold it', () => {
    const api = { port: 443, isApiServer: true };
    expect(judge({ allow: ['10.0.0.0/8'] }, '10.0.0.1', '10.0.0.1', api)).toBe(
      'the address of the API server',
    );
    expect(judge({ allow: ['10.0.0.1:443'] }, '10.0.0.1', '10.0.0.1', api)).toBeUndefined();
    expect(
      judge({ allow: ['kubernetes.default'] }, 'kubernetes.default', '10.0.0.1', api),
    ).toBeUndefined();
  });

  it('allow what the process is configured with, at its port only, and never the API server by it', () => {
    const rules = { configured: ['127.0.0.1:9090'], restrict: true };
    expect(judge(rules, '127.0.0.1', '127.0.0.1', { port: 9090 })).toBeUndefined();
    expect(judge(rules, '127.0.0.1', '127.0.0.1', { port: 9091 })).toBe(
      'not among the allowed ones',
    );
    expect(judge({ ...rules, restrict: false }, '127.0.0.1', '127.0.0.1')).toBe(
      'a loopback address',
    );
    const denied = { ...rules, deny: ['127.0.0.0/8'] };
    expect(judge(denied, '127.0.0.1', '127.0.0.1', { port: 9090 })).toBe('denied by configuration');
    const api = { port: 9090, isApiServer: true };
    expect(judge(rules, '127.0.0.1', '127.0.0.1', api)).toBe('the address of the API server');
  });

  it('deny before they allow', () => {
    const rules = {
      allow: ['*.example.com'],
      deny: ['10.0.0.0/8', 'bad.example.com', '[fd00::1]:8080'],
    };
    expect(judge(rules, 'bad.example.com', '1.1.1.1')).toBe('denied by configuration');
    expect(judge(rules, 'good.example.com', '10.9.9.9')).toBe('denied by configuration');
    expect(judge(rules, 'good.example.com', '64:ff9b::a09:909')).toBe('denied by configuration');
    expect(judge(rules, 'good.example.com', 'fd00::1', { port: 8080 })).toBe(
      'denied by configuration',
    );
    expect(judge(rules, 'good.example.com', 'fd00::1')).toBeUndefined();
  });

  it('may allow only what is named', () => {
    const rules = { allow: ['hooks.example.com', '10.0.0.0/8'], restrict: true };
    expect(judge(rules, 'hooks.example.com', '1.1.1.1')).toBeUndefined();
    expect(judge(rules, 'prometheus', '10.1.1.1')).toBeUndefined();
    expect(judge(rules, 'example.com', '1.1.1.1')).toBe('not among the allowed ones');
  });

  it.each([
    '',
    'http://x',
    'a b',
    'x:0',
    'x:70000',
    '1.2.3.4/40',
    '[::1',
    'exa*mple.com',
    '-x',
    '10.0.0.0/8:80',
  ])('refuse the entry "%s"', (entry) => {
    expect(() => compileAddressRules({ allow: [entry] })).toThrow(
      expect.objectContaining({ code: 'SLUICE_CONFIG' }),
    );
    expect(() => compileAddressRules({ deny: [entry] })).toThrow(
      expect.objectContaining({ code: 'SLUICE_CONFIG' }),
    );
  });
});

describe('a redirect', () => {
  const from = (url: string, status: number, location?: string, hops = 0) =>
    redirectOf({ status, location, url: new URL(url), hops });

  it('is followed on the same host', () => {
    expect(from('http://a/x', 302, '/y')).toEqual({ url: new URL('http://a/y'), becomesGet: true });
    expect(from('http://a/x', 307, 'http://a:8080/y')).toEqual({
      url: new URL('http://a:8080/y'),
      becomesGet: false,
    });
    expect(from('http://a/x', 308, 'https://A/')).toEqual({
      url: new URL('https://a/'),
      becomesGet: false,
    });
  });

  it.each([
    ['another host', 'http://a/', 'http://b/', 0],
    ['another address', 'http://a/', '//169.254.169.254/latest', 0],
    ['a host below', 'http://a.com/', 'http://x.a.com/', 0],
    ['no URL', 'http://a/', 'http://:x', 0],
    ['the clear', 'https://a/', 'http://a/', 0],
    ['something else than the web', 'http://a/', 'ftp://a/', 0],
    ['a fourth place', 'http://a/', '/y', 3],
  ])('is not followed to %s', (_title, url, location, hops) => {
    expect(from(url, 302, location, hops)).toMatch(/^the server redirects/);
  });

  it('is something else for other answers', () => {
    expect(from('http://a/', 200, '/y')).toBeUndefined();
    expect(from('http://a/', 304, '/y')).toBeUndefined();
    expect(from('http://a/', 302)).toBeUndefined();
  });
});
