import type { Config } from '../config/options.ts';
import type { AlertConfig } from '../delivery/alert-config.ts';

/** What the configuration says about alerts. Of two notifiers Microsoft Teams is the one that is used, as in Flagger. */
export function alertConfigOf(config: Config): AlertConfig {
  const { clusterName, msteamsUrl, slackUrl, slackUser, slackChannel } = config;
  const names = { username: slackUser, channel: slackChannel };
  if (msteamsUrl !== '') {
    const proxy = config.msteamsProxyUrl;
    const global = { type: 'msteams', address: msteamsUrl, token: '', proxy, ...names };
    return { clusterName, global };
  }
  if (slackUrl === '') return { clusterName, global: undefined };
  const { slackToken: token, slackProxyUrl: proxy } = config;
  return { clusterName, global: { type: 'slack', address: slackUrl, token, proxy, ...names } };
}
