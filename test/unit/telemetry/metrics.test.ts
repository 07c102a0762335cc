import { describe, expect, it } from 'vitest';
import { createDeliveryRecorder } from '../../../src/telemetry/delivery-metrics.ts';
import { METRICS } from '../../../src/telemetry/metric-table.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

async function linesOf(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  const { body } = await metrics.expose();
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  it('declares each family of the table, with its help', async () => {
    const { body, contentType } = await createMetrics().expose();
    expect(contentType).toMatch(/^text\/plain/);
    for (const [name, { kind, help }] of Object.entries(METRICS)) {
      expect(body).toContain(`# HELP ${name} ${help}`);
      expect(body).toContain(`# TYPE ${name} ${kind}`);
    }
  });

  it('counters end in _total, and durations are in seconds', () => {
    for (const [name, { kind }] of Object.entries(METRICS)) {
      if (kind === 'counter') expect(name).toMatch(/_total$/);
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });

  it('counts, sets and observes', async () => {
    const metrics = createMetrics();
    metrics.increment('sluice_reviews_total', { path: '/validate', verdict: 'deny' });
    metrics.increment('sluice_reviews_total', { path: '/validate', verdict: 'deny' }, 2);
    metrics.set('sluice_leader', {}, 1);
    metrics.observe('sluice_review_duration_seconds', { path: '/validate' }, 0.003);
    const lines = await linesOf(metrics);
    expect(lines).toContain('sluice_reviews_total{path="/validate",verdict="deny"} 3');
    expect(lines).toContain('sluice_leader 1');
    expect(lines).toContain('sluice_review_duration_seconds_bucket{le="0.005",path="/validate"} 1');
  });

  it('asks for current values at each exposition', async () => {
    const metrics = createMetrics();
    let depth = 0;
    metrics.onScrape(() => {
      metrics.set('sluice_workqueue_depth', {}, ++depth);
    });
    await metrics.expose();
    expect(await linesOf(metrics)).toContain('sluice_workqueue_depth 2');
  });
});

describe('deliveries', () => {
  const subject = { namespace: 'shop', target: 'checkout' };

  it('report under the names and numbers of Flagger', async () => {
    const metrics = createMetrics();
    const recorder = createDeliveryRecorder(metrics);
    recorder.phase(subject, 'Progressing');
    recorder.weights(subject, 80, 20);
    recorder.measured(subject, 'request-success-rate', 99.5);
    recorder.finished(subject, { succeeded: true, strategy: 'canary', skipped: false });
    recorder.tick(subject, 0.02);
    const lines = await linesOf(metrics);
    const labels = 'name="checkout",namespace="shop"';
    expect(lines).toEqual(
      expect.arrayContaining([
        `flagger_canary_status{${labels}} 0`,
        'flagger_canary_weight{workload="checkout",namespace="shop"} 20',
        'flagger_canary_weight{workload="checkout-primary",namespace="shop"} 80',
        `flagger_canary_metric_analysis{${labels},metric="request-success-rate"} 99.5`,
        `flagger_canary_successes_total{${labels},deployment_strategy="canary",analysis_status="completed"} 1`,
        `flagger_canary_duration_seconds_count{${labels}} 1`,
      ]),
    );
    recorder.phase(subject, 'Failed');
    expect(await linesOf(metrics)).toContain(`flagger_canary_status{${labels}} 2`);
    recorder.phase(subject, 'Succeeded');
    expect(await linesOf(metrics)).toContain(`flagger_canary_status{${labels}} 1`);
  });

  it('leave no series behind when a Canary is gone, and no other is touched', async () => {
    const metrics = createMetrics();
    const recorder = createDeliveryRecorder(metrics);
    const other = { namespace: 'shop', target: 'cart' };
    for (const each of [subject, other]) {
      recorder.phase(each, 'Progressing');
      recorder.weights(each, 100, 0);
      recorder.measured(each, 'm', 1);
      recorder.finished(each, { succeeded: false, strategy: 'canary', skipped: false });
      recorder.tick(each, 1);
    }
    recorder.forget(subject);
    const text = (await linesOf(metrics)).join('\n');
    expect(text).not.toContain('checkout');
    expect(text).toContain('workload="cart-primary"');
  });
});
