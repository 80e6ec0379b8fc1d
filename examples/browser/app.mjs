// One page for everything: it is also the redirect URL, so a login starts and ends here.
import { finishLogin, logoutUrl, startLogin } from 'strapi-plugin-cognito-client';

const api = document.querySelector('meta[name=api]').content;
const [status, login, logout] = ['status', 'login', 'logout'].map((id) =>
  document.getElementById(id),
);

login.onclick = () => startLogin(api, { lang: navigator.language });
logout.href = logoutUrl(api, location.origin);
logout.onclick = () => sessionStorage.clear();

try {
  const session = await finishLogin(api);
  if (session) sessionStorage.setItem('jwt', session.jwt);
} catch (error) {
  status.textContent = `${error.message} (${error.code})`;
}

const jwt = sessionStorage.getItem('jwt');
if (jwt) {
  const response = await fetch(`${api}/users/me`, { headers: { authorization: `Bearer ${jwt}` } });
  if (response.ok) {
    const { username } = await response.json();
    status.textContent = `You are ${username}.`;
    login.hidden = true;
    logout.hidden = false;
  }
}
