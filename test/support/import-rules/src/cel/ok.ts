export const cel = 1;
