import { rfc3339 } from '../../domain/clock.ts';
import type { ContainerStatus, Pod, PodStatus, WorkloadCondition } from '../objects.ts';

/** What the runner knows about a pod's process. */
export interface PodSight {
  readonly state: 'running' | 'crashed' | 'imageUnknown';
  readonly ready: boolean;
  readonly restarts: number;
  /** Epoch milliseconds at which the process last started. */
  readonly startedAtMs: number;
  readonly ip?: string;
}

/** The pod's status as a kubelet would write it. @param nowMs epoch milliseconds */
export function podStatus(pod: Pod, sight: PodSight, nowMs: number): PodStatus {
  const startTime = pod.status?.startTime ?? rfc3339(nowMs);
  const condition = (type: string, holds: boolean, reason?: string): WorkloadCondition => {
    const status = holds ? 'True' : 'False';
    const known = pod.status?.conditions?.find((one) => one.type === type);
    const lastTransitionTime =
      known?.status === status ? (known.lastTransitionTime ?? startTime) : rfc3339(nowMs);
    return {
      type,
      status,
      lastTransitionTime,
      ...(holds || reason === undefined ? {} : { reason }),
    };
  };
  return {
    phase: sight.state === 'imageUnknown' ? 'Pending' : 'Running',
    hostIP: '127.0.0.1',
    ...(sight.ip === undefined ? {} : { podIP: sight.ip, podIPs: [{ ip: sight.ip }] }),
    startTime,
    conditions: [
      condition('PodScheduled', true),
      condition('Initialized', true),
      condition('ContainersReady', sight.ready, 'ContainersNotReady'),
      condition('Ready', sight.ready, 'ContainersNotReady'),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: sight.ready,
      started: sight.state === 'running',
      restartCount: sight.restarts,
      state: containerState(sight),
    })),
  };
}

function containerState(sight: PodSight): ContainerStatus['state'] {
  switch (sight.state) {
    case 'running':
      return { running: { startedAt: rfc3339(sight.startedAtMs) } };
    case 'crashed':
      return { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting container' } };
    case 'imageUnknown':
      return {
        waiting: { reason: 'ErrImagePull', message: 'the sandbox runs only podinfo:TAG' },
      };
  }
}
