import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../../src/domain/object.ts';
import type { ReportApi } from '../../src/policy/scan-report.ts';

const FILES: Readonly<Record<ReportApi, readonly string[]>> = {
  openreports: ['openreports.io_reports.yaml', 'openreports.io_clusterreports.yaml'],
  wgpolicyk8s: ['wgpolicyk8s.io_policyreports.yaml', 'wgpolicyk8s.io_clusterpolicyreports.yaml'],
};

/** The definitions of the kinds of report, as their projects publish them. */
export function reportCrds(api: ReportApi): readonly KubeObject[] {
  return FILES[api].flatMap((file) => {
    const path = new URL(`./report-crds/${file}`, import.meta.url);
    return loadAll(readFileSync(path, 'utf8')) as KubeObject[];
  });
}
