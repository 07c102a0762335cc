import { canaryDashboard } from './canary.ts';
import { controllerDashboard } from './controller.ts';
import { dashboardJson, type Dashboard } from './dashboard.ts';
import { policiesDashboard } from './policies.ts';
import { webhookDashboard } from './webhook.ts';

const DASHBOARDS: readonly Dashboard[] = [
  canaryDashboard,
  policiesDashboard,
  webhookDashboard,
  controllerDashboard,
];

/** The dashboards for Grafana: path below the repository, text. */
export function dashboardFiles(): { file: string; text: string }[] {
  return DASHBOARDS.map((dashboard) => ({
    file: `manifests/grafana/${dashboard.file}.json`,
    text: dashboardJson(dashboard),
  }));
}
