export const telemetry = 1;
