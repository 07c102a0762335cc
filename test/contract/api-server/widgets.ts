import { eventually, text, type ApiCaller, type Loose } from './api-caller.ts';
import { widgetDefinition } from './objects.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A group that no other test has. */
export function newGroup(): string {
  return `contract${Math.random().toString(36).slice(2, 8)}.example.com`;
}

/** Defines Widgets in a group and waits until they are served. */
export async function defineWidgets(api: ApiCaller, group: string): Promise<void> {
  await api.post(DEFINITIONS, widgetDefinition(group));
  await eventually(async () => {
    const { body } = await api.get(`${DEFINITIONS}/widgets.${group}`);
    const conditions = (body['status']?.['conditions'] ?? []) as unknown as Loose[];
    const established = conditions.some(
      (entry) => text(entry, 'type') === 'Established' && text(entry, 'status') === 'True',
    );
    return established && (await api.get(`/apis/${group}/v1/widgets`)).status === 200;
  });
}

export function widget(group: string, name: string, spec: object) {
  return { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name }, spec };
}
