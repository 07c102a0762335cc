import { list, record, text, type Schema } from './schema.ts';

/** An identity that admission stamps. Its bounds are wide: who is in many groups must be able to write, too. */
export const stampedUser = (description: string): Schema =>
  record(
    description,
    {
      username: text('User name.'),
      uid: text('User id.'),
      groups: list('Groups.', { type: 'string', maxLength: 1024 }, 1000),
    },
    ['username'],
  );
