#!/bin/sh
# Makes an authority and a serving certificate for the webhook with openssl, into this folder (git ignores them), and
# writes the Secret that the webhook adopts to standard output.
#
#   certs/make.sh > secret.json && kubectl apply -f secret.json
#
# NAMESPACE, SERVICE, CA_DAYS and SERVING_DAYS change the defaults. Needs openssl 3.
set -eu
cd "$(dirname "$0")"
umask 077

namespace=${NAMESPACE:-sluice-system}
service=${SERVICE:-sluice-webhook}
short="$service.$namespace"

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem \
  -days "${CA_DAYS:-365}" -subj "/CN=sluice webhook authority" \
  -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null

extensions=$(mktemp)
trap 'rm -f "$extensions" tls.csr' EXIT
cat > "$extensions" <<END
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:$short.svc,DNS:$short,DNS:$short.svc.cluster.local,DNS:localhost,IP:127.0.0.1
END
openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj "/CN=sluice webhook" 2>/dev/null
openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -days "${SERVING_DAYS:-90}" \
  -extfile "$extensions" -out tls.pem 2>/dev/null
openssl verify -x509_strict -purpose sslserver -CAfile ca.pem tls.pem >&2

field() { printf '"%s": "%s"' "$1" "$(base64 < "$2" | tr -d '\n')"; }
cat <<END
{
  "apiVersion": "v1",
  "kind": "Secret",
  "metadata": {"name": "sluice-webhook-tls", "namespace": "$namespace"},
  "type": "kubernetes.io/tls",
  "data": {
    $(field ca.crt ca.pem),
    $(field ca.key ca.key),
    $(field tls.crt tls.pem),
    $(field tls.key tls.key)
  }
}
END
