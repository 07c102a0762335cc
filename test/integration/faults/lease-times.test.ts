import { expect, test } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster } from '../../support/app-cluster.ts';

test.each([{ leaseDuration: '3s' }, { leaseRenewDeadline: '600ms' }, { leaseDuration: '4500ms' }])(
  'times of the Lease that do not fit each other are refused at the start: %j',
  async (times) => {
    const cluster = await startAppCluster({ clock: new VirtualClock() });
    const config = configOf({ roles: 'controller', ...times });
    const app = createApp(config, { ...cluster.overrides, listen: false });
    try {
      const started = app.start(new AbortController().signal);
      await expect(started).rejects.toMatchObject({ code: 'SLUICE_CONFIG' });
    } finally {
      await app.stop();
      await cluster.api.close();
    }
  },
);
