export * from 'express';
