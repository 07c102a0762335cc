export const delivery = 1;
