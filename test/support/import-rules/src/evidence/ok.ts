export const evidence = 1;
