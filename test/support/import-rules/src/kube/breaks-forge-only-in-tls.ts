export * from 'node-forge';
