import { Link } from '@strapi/design-system';
import type { ReactNode } from 'react';
import { userModel } from '../plugin';

interface UserLinkProps {
  readonly id: number;
  readonly children: ReactNode;
}

/** Leads to a user's page in the content manager. */
export function UserLink({ id, children }: UserLinkProps) {
  return <Link to={`/content-manager/collection-types/${userModel}/${id}`}>{children}</Link>;
}
