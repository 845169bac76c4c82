{{/*
What a Job of the validation is: of .root, with the further arguments .args.
*/}}
{{- define "muster.validation.jobSpec" -}}
{{- $args := concat .args .root.Values.validation.extraArgs }}
{{- range .root.Values.validation.extraArgs }}
{{- if regexMatch "^--?(role|revoke|test\\.list)(=|$)" . }}
{{- fail (printf "validation.extraArgs: %s may not be among them: it checks nothing, and the Job would pass" .) }}
{{- end }}
{{- end }}
{{- with .root }}
activeDeadlineSeconds: {{ .Values.validation.activeDeadlineSeconds }}
# A second try would hide that the first one failed.
backoffLimit: 0
template:
  metadata:
    labels:
      {{- include "muster.validation.selectorLabels" . | nindent 6 }}
  spec:
    containers:
      - name: "validation"
        command:
          - "/validation.test"
        args:
          - "-env=/etc/muster/environment.yaml"
          - "-test.v"
          - "-test.timeout={{ sub .Values.validation.activeDeadlineSeconds 30 }}s"
          {{- if .Values.validation.write }}
          - "-write"
          {{- end }}
          {{- range $args }}
          - {{ . | quote }}
          {{- end }}
        image: {{ include "muster.image" . | quote }}
        imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
        resources:
          {{- toYaml .Values.validation.resources | nindent 10 }}
        securityContext:
          {{- include "muster.containerSecurityContext" . | nindent 10 }}
        volumeMounts:
          - name: "environment"
            mountPath: "/etc/muster"
            readOnly: true
          - name: "tmp"
            mountPath: "/tmp"
    enableServiceLinks: false
    {{- with .Values.nodeSelector }}
    nodeSelector:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    restartPolicy: "Never"
    securityContext:
      {{- include "muster.podSecurityContext" . | nindent 6 }}
    serviceAccountName: "muster-validation"
    {{- with .Values.tolerations }}
    tolerations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumes:
      {{- include "muster.validation.environmentVolume" . | nindent 6 }}
      - name: "tmp"
        emptyDir:
          sizeLimit: "64Mi"
{{- end }}
{{- end }}

{{/* The environment file, and the authorities that it names. */}}
{{- define "muster.validation.environmentVolume" -}}
- name: "environment"
  projected:
    sources:
      - configMap:
          name: "muster-validation"
      {{- with .Values.extraCA }}
      {{- if .configMap }}
      - configMap:
          name: {{ .configMap | quote }}
          items:
            - key: {{ .key | quote }}
              path: "ca.crt"
      {{- end }}
      {{- end }}
{{- end }}
