declare const configuration: {
  forbidden: { name: string; severity: 'error'; from: object; to: object }[];
  options: Record<string, unknown>;
};
export default configuration;
