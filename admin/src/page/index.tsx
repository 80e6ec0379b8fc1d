import { PageLoader, RequirePermissions } from '../elements';
import { pageActions, useAdminPermissions } from '../permissions';
import { CognitoPage } from './CognitoPage';

function PageWithPermissions() {
  const permissions = useAdminPermissions();
  return permissions ? <CognitoPage permissions={permissions} /> : <PageLoader />;
}

/** Settings → Users & Permissions plugin → AWS Cognito. */
export function ProtectedPage() {
  return (
    <RequirePermissions actions={pageActions}>
      <PageWithPermissions />
    </RequirePermissions>
  );
}
