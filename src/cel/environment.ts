export { environment } from './base-environment.ts';
export { admissionEnvironment, type AdmissionOptions } from './admission-environment.ts';
