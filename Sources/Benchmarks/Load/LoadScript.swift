/// The Lua that `wrk` runs, and the line by which it tells what it saw.
package enum LoadScript {
    private static let mark = "martlet-bench"

    /// The percentiles are in microseconds; an error is an answer of 400 and above.
    private static let tail = """
        local threads = 0
        function setup(thread)
          threads = threads + 1
          thread:set("number", threads)
        end

        function done(summary, latency)
          local errors = summary.errors
          io.write(string.format("\(mark) %d %d %d %d %d %d %d\\n", summary.requests, summary.duration,
            latency:percentile(50), latency:percentile(99), errors.status,
            errors.connect + errors.read + errors.write + errors.timeout, summary.bytes))
        end

        """

    /// Draws one of the paths for each request.
    package static func get(pathsFile: String, token: String) -> String {
        """
        local requests = {}
        function init(args)
          math.randomseed(number)
          local headers = { ["Authorization"] = "Bearer \(token)", ["Accept"] = "application/fhir+json" }
          for path in io.lines(\(quoted(pathsFile))) do
            requests[#requests + 1] = wrk.format("GET", path, headers)
          end
        end

        function request()
          return requests[math.random(#requests)]
        end

        """ + tail
    }

    /// Makes an Observation of about a thousand bytes for each request.
    package static func postObservations(patientsFile: String, token: String) -> String {
        drawingPatients(patientsFile, token) + """
            local form = [[\(observation)]]
            function request()
              count = count + 1
              local body = string.format(form, number, count, patients[math.random(#patients)], count % 1000)
              return wrk.format("POST", "/fhir/Observation", headers, body)
            end

            """ + tail
    }

    /// Reads the patients who are written about into `patients`; `count` counts what is made.
    private static func drawingPatients(_ file: String, _ token: String) -> String {
        """
        local patients = {}
        local count = 0
        local headers = {
          ["Authorization"] = "Bearer \(token)", ["Content-Type"] = "application/fhir+json",
          ["Prefer"] = "return=minimal"
        }
        function init(args)
          math.randomseed(number)
          for patient in io.lines(\(quoted(file))) do patients[#patients + 1] = patient end
        end

        """
    }

    /// Entries of each transaction: an Encounter, and Observations that refer to it.
    package static let transactionEntries = 10

    /// Makes a transaction Bundle for each request.
    package static func postTransactions(patientsFile: String, token: String) -> String {
        drawingPatients(patientsFile, token) + """
            local encounter = [[\(encounter)]]
            local form = [[\(observation)]]
            function request()
              local patient = patients[math.random(#patients)]
              local name = string.format("urn:uuid:00000000-0000-4000-8000-%012x", count)
              local entries = { string.format(
                '{"fullUrl":"%s","resource":' .. encounter .. ',"request":{"method":"POST","url":"Encounter"}}',
                name, patient) }
              for entry = 2, \(transactionEntries) do
                count = count + 1
                local resource = string.format(form, number, count, patient, count % 1000)
                entries[entry] = '{"resource":{"encounter":{"reference":"' .. name .. '"},' .. resource:sub(2)
                  .. ',"request":{"method":"POST","url":"Observation"}}'
              end
              local body = '{"resourceType":"Bundle","type":"transaction","entry":[' .. table.concat(entries, ",") .. ']}'
              return wrk.format("POST", "/fhir", headers, body)
            end

            """ + tail
    }

    /// With a place for the patient.
    private static let encounter = """
        {"resourceType":"Encounter","status":"finished","class":{\
        "system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},\
        "subject":{"reference":"Patient/%s"},"period":{"start":"2025-11-03T09:30:00+01:00",\
        "end":"2025-11-03T09:55:00+01:00"}}
        """

    /// With places for the thread, the count, the patient and the value.
    private static let observation = """
        {"resourceType":"Observation","identifier":[{"system":"urn:martlet:bench","value":"%d-%d"}],"status":"final",\
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",\
        "code":"vital-signs","display":"Vital signs"}]}],"code":{"coding":[{"system":"http://loinc.org",\
        "code":"8480-6","display":"Systolic blood pressure"}],"text":"Systolic blood pressure"},\
        "subject":{"reference":"Patient/%s"},"effectiveDateTime":"2025-11-03T09:41:00+01:00",\
        "issued":"2025-11-03T09:42:11.125+01:00","valueQuantity":{"value":%d.5,"unit":"mmHg",\
        "system":"http://unitsofmeasure.org","code":"mm[Hg]"},"interpretation":[{"coding":[{"system":\
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"N","display":"Normal"}]}],\
        "note":[{"text":"Measured at rest, seated, on the left arm, after five minutes."}],"bodySite":{"coding":[{\
        "system":"http://snomed.info/sct","code":"368208006","display":"Left upper arm structure"}]}}
        """

    private static func quoted(_ path: String) -> String {
        "[==[" + path + "]==]"
    }

    /// Reads the line that `done` writes; `nil` if it is not there.
    package static func result(in output: String) -> LoadResult? {
        for line in output.split(separator: "\n") where line.hasPrefix(mark + " ") {
            let numbers = line.split(separator: " ").dropFirst().compactMap { Int($0) }
            guard numbers.count == 7 else { return nil }
            var result = LoadResult()
            result.requests = numbers[0]
            result.seconds = Double(numbers[1]) / 1e6
            result.p50Milliseconds = Double(numbers[2]) / 1e3
            result.p99Milliseconds = Double(numbers[3]) / 1e3
            result.errorAnswers = numbers[4]
            result.failures = numbers[5]
            result.bytes = numbers[6]
            return result
        }
        return nil
    }
}
