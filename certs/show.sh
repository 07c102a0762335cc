#!/bin/sh
# Shows which certificates the webhook of a cluster uses, and whether they fit. Reads the Secret, never its keys.
#
#   certs/show.sh
#
# NAMESPACE changes the default. Needs kubectl, openssl 3 and the right to read the Secret.
set -eu
namespace=${NAMESPACE:-sluice-system}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fetch() {
  kubectl -n "$namespace" get secret sluice-webhook-tls -o "jsonpath={.data.$1}" | base64 -d > "$folder/$2"
}
fetch 'ca\.crt' ca.pem
fetch 'tls\.crt' tls.pem

echo '# authorities that the API server trusts, the newest first'
openssl storeutl -noout -text -certs "$folder/ca.pem" | grep -E 'Subject:|Not (Before|After)'
echo '# serving certificate'
openssl x509 -in "$folder/tls.pem" -noout -subject -issuer -startdate -enddate -ext subjectAltName
openssl verify -x509_strict -purpose sslserver -CAfile "$folder/ca.pem" "$folder/tls.pem"
