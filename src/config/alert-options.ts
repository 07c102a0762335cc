import type { OptionSpec } from './option.ts';

/**
 * Where alerts go, under Flagger's names (reference: Flagger 1.44, `cmd/flagger`). The notifier of these options gets
 * the alerts of Canaries that list none of their own.
 */
export const ALERT_OPTIONS = {
  clusterName: {
    kind: 'string',
    default: '',
    roles: ['controller'],
    doc: 'Name of the cluster, for alerts; empty: they do not say it.',
  },
  slackUrl: {
    kind: 'url',
    default: '',
    roles: ['controller'],
    secret: true,
    variable: 'SLACK_URL',
    doc: 'Incoming webhook of Slack for the alerts of Canaries that list none of their own.',
  },
  slackToken: {
    kind: 'string',
    default: '',
    roles: ['controller'],
    secret: true,
    variable: 'SLACK_TOKEN',
    doc: 'Bearer token that goes with `--slack-url`. A flag shows in the list of processes: use the variable.',
  },
  slackUser: {
    kind: 'string',
    default: 'flagger',
    roles: ['controller'],
    doc: 'Under which name Slack shows them.',
  },
  slackChannel: {
    kind: 'string',
    default: '',
    roles: ['controller'],
    doc: 'Channel in which Slack shows them; needed with `--slack-url`.',
  },
  slackProxyUrl: {
    kind: 'url',
    default: '',
    roles: ['controller'],
    secret: true,
    variable: 'SLACK_PROXY_URL',
    doc: 'HTTP proxy on the way to `--slack-url`.',
  },
  msteamsUrl: {
    kind: 'url',
    default: '',
    roles: ['controller'],
    secret: true,
    variable: 'MSTEAMS_URL',
    doc: 'Incoming webhook of Microsoft Teams for the same; with both it is the one that is used.',
  },
  msteamsProxyUrl: {
    kind: 'url',
    default: '',
    roles: ['controller'],
    secret: true,
    variable: 'MSTEAMS_PROXY_URL',
    doc: 'HTTP proxy on the way to `--msteams-url`.',
  },
} as const satisfies Record<string, OptionSpec>;
