export const governance = 1;
