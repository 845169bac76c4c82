{{- define "nublado.labels" -}}
app: "nublado"
{{- end }}
{{- define "nublado.fullname" -}}
nublado
{{- end }}
