export const workload = 1;
