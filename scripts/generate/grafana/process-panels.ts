import type { Panel } from './dashboard.ts';

/**
 * What every process of Sluice says of itself.
 * @param role of the processes
 */
export function processPanels(role: 'webhook' | 'controller'): readonly Panel[] {
  const of = `* on (job, instance) group_left sluice_info{job=~"$job", roles=~".*${role}.*"}`;
  return [
    {
      title: 'Memory',
      description: 'Resident, of each process.',
      type: 'timeseries',
      unit: 'bytes',
      width: 8,
      queries: [
        { expr: `process_resident_memory_bytes{job=~"$job"} ${of}`, legend: '{{instance}}' },
      ],
    },
    {
      title: 'Processor',
      description: 'Share of one core that each process takes.',
      type: 'timeseries',
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          expr: `rate(process_cpu_seconds_total{job=~"$job"}[$__rate_interval]) ${of}`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      title: 'Event loop',
      description: 'How long something else has kept the process busy; 99 % were shorter.',
      type: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        { expr: `nodejs_eventloop_lag_p99_seconds{job=~"$job"} ${of}`, legend: '{{instance}}' },
      ],
    },
  ];
}

/** Whether the copies of the cluster's objects are current. */
export function cachePanels(role: 'webhook' | 'controller'): readonly Panel[] {
  const of = `* on (job, instance) group_left sluice_info{job=~"$job", roles=~".*${role}.*"}`;
  return [
    {
      title: 'Age of copies',
      description:
        'Time since the copy of a watched resource was last known to be current. A watch proves itself about once a minute; beyond --freshness-bound nothing is decided.',
      type: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        {
          expr: `max by (resource) (sluice_cache_age_seconds{job=~"$job"} ${of})`,
          legend: '{{resource}}',
        },
      ],
    },
    {
      title: 'Objects in copies',
      description: 'How many objects of each watched resource are held.',
      type: 'timeseries',
      unit: 'short',
      width: 12,
      queries: [
        {
          expr: `max by (resource) (sluice_cache_objects{job=~"$job"} ${of})`,
          legend: '{{resource}}',
        },
      ],
    },
  ];
}
