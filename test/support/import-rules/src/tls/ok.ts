export const tls = 1;
