// SPDX-License-Identifier: Apache-2.0

// Reads one question a line from stdin: a project in a folder. Answers with one line of JSON: what compose-go makes of it, in
// the form of gup-compose-answers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

type question struct {
	Root      string            `json:"root"`
	Folder    string            `json:"folder"`
	Files     []string          `json:"files"`
	Variables map[string]string `json:"variables"`
	Profiles  []string          `json:"profiles"`
}

type object = map[string]any

func sorted(texts []string) []string {
	copied := append([]string{}, texts...)
	sort.Strings(copied)
	return copied
}

func texts(values map[string]string) object {
	copied := object{}
	for name, value := range values {
		copied[name] = value
	}
	return copied
}

func relative(root, path string) string {
	if short, err := filepath.Rel(root, path); err == nil && !strings.HasPrefix(short, "..") {
		return short
	}
	return path
}

func milliseconds(duration *types.Duration) any {
	if duration == nil {
		return nil
	}
	return int64(*duration) / 1_000_000
}

func healthOf(service types.ServiceConfig) any {
	health := service.HealthCheck
	if health == nil {
		return nil
	}
	if health.Disable || (len(health.Test) > 0 && health.Test[0] == "NONE") {
		return "none"
	}
	test := []string{}
	if len(health.Test) > 0 && health.Test[0] == "CMD-SHELL" {
		test = append([]string{"sh", "-c"}, health.Test[1:]...)
	} else if len(health.Test) > 0 {
		test = health.Test[1:]
	}
	return object{"test": test, "interval": milliseconds(health.Interval), "timeout": milliseconds(health.Timeout),
		"start_period": milliseconds(health.StartPeriod), "start_interval": milliseconds(health.StartInterval), "retries": health.Retries}
}

func mountsOf(root string, service types.ServiceConfig) any {
	mounts := object{}
	for _, volume := range service.Volumes {
		source := volume.Source
		if volume.Type == "tmpfs" {
			continue
		}
		if volume.Type == "bind" {
			source = relative(root, source)
		}
		mounts[volume.Target] = fmt.Sprintf("%s %s %v", volume.Type, source, volume.ReadOnly)
	}
	return mounts
}

func portsOf(service types.ServiceConfig) any {
	ports := []string{}
	for _, port := range service.Ports {
		ports = append(ports, fmt.Sprintf("%s|%s|%d|%s", port.HostIP, port.Published, port.Target, port.Protocol))
	}
	return sorted(ports)
}

func networksOf(service types.ServiceConfig) any {
	networks := object{}
	for name, network := range service.Networks {
		aliases := []string{}
		address := ""
		if network != nil {
			aliases = network.Aliases
			address = network.Ipv4Address
		}
		networks[name] = object{"aliases": sorted(aliases), "ipv4": address}
	}
	return networks
}

func dependenciesOf(service types.ServiceConfig) any {
	dependencies := object{}
	for name, dependency := range service.DependsOn {
		dependencies[name] = fmt.Sprintf("%s %v", dependency.Condition, dependency.Required)
	}
	return dependencies
}

func restartOf(service types.ServiceConfig) string {
	if service.Restart == "" {
		return "no"
	}
	return service.Restart
}

func serviceOf(root string, service types.ServiceConfig) any {
	environment := object{}
	for name, value := range service.Environment {
		environment[name] = value
	}
	ulimits := object{}
	for name, limit := range service.Ulimits {
		if limit.Single != 0 {
			ulimits[name] = fmt.Sprint(limit.Single)
		} else {
			ulimits[name] = fmt.Sprintf("%d:%d", limit.Soft, limit.Hard)
		}
	}
	hosts := []string{}
	for name, addresses := range service.ExtraHosts {
		for _, address := range addresses {
			hosts = append(hosts, name+":"+address)
		}
	}
	logging := object{}
	if service.Logging != nil {
		logging = object{"driver": service.Logging.Driver, "options": service.Logging.Options}
	}
	uses := func(all []types.FileReferenceConfig, base string) []string {
		texts := []string{}
		for _, use := range all {
			texts = append(texts, use.Source+" "+strings.TrimPrefix(use.Target, base+use.Source))
		}
		return sorted(texts)
	}
	secrets := []types.FileReferenceConfig{}
	for _, secret := range service.Secrets {
		secrets = append(secrets, types.FileReferenceConfig(secret))
	}
	configs := []types.FileReferenceConfig{}
	for _, config := range service.Configs {
		configs = append(configs, types.FileReferenceConfig(config))
	}
	devices := []string{}
	for _, device := range service.Devices {
		devices = append(devices, device.Source+":"+device.Target+":"+device.Permissions)
	}
	tmpfs := append([]string{}, service.Tmpfs...)
	for _, volume := range service.Volumes {
		if volume.Type == "tmpfs" {
			tmpfs = append(tmpfs, volume.Target)
		}
	}
	memory, cpus := int64(service.MemLimit), float64(service.CPUS)
	if service.Deploy != nil && service.Deploy.Resources.Limits != nil {
		memory = max(memory, int64(service.Deploy.Resources.Limits.MemoryBytes))
		cpus = max(cpus, float64(service.Deploy.Resources.Limits.NanoCPUs))
	}
	return object{
		"image": service.Image, "command": service.Command, "entrypoint": service.Entrypoint, "environment": environment,
		"labels": texts(service.Labels), "ports": portsOf(service), "mounts": mountsOf(root, service), "networks": networksOf(service),
		"depends_on": dependenciesOf(service), "health": healthOf(service), "restart": restartOf(service),
		"cap_add": sorted(service.CapAdd), "cap_drop": sorted(service.CapDrop), "dns": sorted(service.DNS),
		"extra_hosts": sorted(hosts), "sysctls": texts(service.Sysctls), "ulimits": ulimits, "tmpfs": sorted(tmpfs),
		"devices": sorted(devices), "secrets": uses(secrets, "/run/secrets/"), "configs": uses(configs, "/"), "logging": logging,
		"hostname": service.Hostname, "user": service.User, "working_dir": service.WorkingDir, "privileged": service.Privileged,
		"read_only": service.ReadOnly, "init": service.Init != nil && *service.Init, "network_mode": service.NetworkMode,
		"stop_grace_period": milliseconds(service.StopGracePeriod), "mem_limit": memory, "cpus": cpus,
		"container_name": service.ContainerName,
	}
}

func answer(asked question) any {
	files := []types.ConfigFile{}
	for _, file := range asked.Files {
		files = append(files, types.ConfigFile{Filename: filepath.Join(asked.Root, file)})
	}
	details := types.ConfigDetails{WorkingDir: filepath.Join(asked.Root, asked.Folder), ConfigFiles: files, Environment: asked.Variables}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("gw", false)
		options.Profiles = asked.Profiles
	})
	if err == nil {
		project, err = project.WithServicesEnvironmentResolved(true)
	}
	if err != nil {
		return object{"error": err.Error()}
	}
	project = project.WithoutUnnecessaryResources()
	services := object{}
	for name, service := range project.Services {
		services[name] = serviceOf(asked.Root, service)
	}
	keys := func(count int, each func(func(string))) []string {
		texts := make([]string, 0, count)
		each(func(name string) { texts = append(texts, name) })
		return sorted(texts)
	}
	return object{"name": project.Name, "services": services,
		"networks": keys(len(project.Networks), func(add func(string)) {
			for name := range project.Networks {
				add(name)
			}
		}),
		"volumes": keys(len(project.Volumes), func(add func(string)) {
			for name := range project.Volumes {
				add(name)
			}
		})}
}

func main() {
	logrus.SetLevel(logrus.PanicLevel)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		line, err := json.Marshal(answer(asked))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
