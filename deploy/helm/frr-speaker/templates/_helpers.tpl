{{/* Labels of the chart, in addition to those that the objects have without it. */}}
{{- define "labels" -}}
app: metallb
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "image" -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* Flags that both programs have. */}}
{{- define "flags" -}}
{{- with .Values.loadBalancerClass }}
- --lb-class={{ . }}
{{- end }}
{{- with .Values.tls }}
{{- with .minVersion }}
- --tls-min-version={{ . }}
{{- end }}
{{- with .cipherSuites }}
- --tls-cipher-suites={{ . }}
{{- end }}
{{- with .curvePreferences }}
- --tls-curve-preferences={{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "scrape" -}}
{{- if .Values.prometheus.scrapeAnnotations }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.prometheus.metricsPort | quote }}
{{- end }}
{{- end }}
