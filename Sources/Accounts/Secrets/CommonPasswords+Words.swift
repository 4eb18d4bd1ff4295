extension CommonPasswords {
    /// Words that common passwords are made of, in lower case: names, places, teams, loved ones, and the word itself in
    /// many languages. Collected from general knowledge.
    static let words: Set<String> = Set(
        table.split { $0 == " " || $0 == "\n" }.map(String.init))

    private static let table = """
        aaa abc abcd abcde abcdef abcdefg abcdefgh access accesso account acdc acer admin administrador
        administrator adobe adventure africa ahmed aini airforce airplane airport aisha ajax alaska alex alexander
        alexandra alexandria alexis algeria alhamdulillah ali alien aliens allah always am amanda amazing amazon
        amber ambulance america american amor amore amoremio amour amsterdam anakin and anderson andrea andreas
        andrei andrew android angel angelo angels ankara anna anne annie anniversary anonymous ansible anthony
        antonio antwerp anything apache apollo apotheke apple apples april aquarius aragorn argentina aries arizona
        army arsenal asd asdasd asdf asdfgh asdfghjkl asdfjkl ashley asia asshole astronaut asus at athens atlanta
        auckland audi august australia austria autumn avatar avengers awesome azerty babe baby babyboy babydoll
        babygirl backup bacon bad balboa baltimore bambi banana bananas bandit bangladesh bar barbara barbie barca
        barcelona bart baseball basel basketball bass batman battery batterystaple bayern baz bbb be beach beagle
        bear bears beatles beautiful beauty becker beckham bedroom beer belfast belgium belgrade believe bella
        bellissima benfica benjamin bentley benvenuto berlin bern besiktas best bestfriend bestfriends beyonce bff
        bible bieber bienvenida bienvenido bienvenue big biggie bilbo bill bingo biology birmingham birthday
        bismilah bismillah bitch bitches black blah blahblah blessed blessing blink blinkeightytwo blood blue bmw
        boat bobmarley boca bomber bond bonita bonjour boobs boomer bored boring boss boston boxing boy boys brandon
        brandy brasil braveheart brazil brian brisbane britain brittany bronco broncos bronze brother brothers brown
        brownie brussels bucharest budapest buddha buddy budweiser bugatti bulgaria bulldog bulldogs bullet bulls
        bullshit bumblebee bunny burger burrito business buster butter buttercup butterflies butterfly byebye
        calgary california camaro camping campus can canada cancer candy cannabis capricorn captain cardiff cardio
        cardiology care carlos carolina caroline casablanca casino cat catherine cats catwoman celtic celtics cerner
        champagne champion champions change changeit changeme charger charles charlie charlotte cheese cheesecake
        cheetah chelsea chemistry cheri cherie cherry chess chevrolet chevy chewbacca chicago chicken chiefs child
        children chile china chirurg chocolate chouchou chris christ christian christina christine christmas
        christopher church ciao ciaociao cinta cisco citrix citroen class claudia cleveland clinic cloud cobra
        cocaine cock coconut coding coffee coldplay college colombia colorado colts commando company computer
        confidential contrasena contrasenya control cookie cookies cool copenhagen corazon corinthians corona
        corporate correct correcthorse correcthorsebatterystaple corsair corvette counter counterstrike courtney
        cowboys crack cracker crazy cricket croatia crystal cuba cubs cupcake curry cutie cutiepie cycling cynthia
        dad daddy daisy dallas dance dancer dandy daniel daniela danielle dark darkness darling database david
        davidson davis dead dearest death debian december default dell demo demon denmark dennis dental dentist
        denver depeche depechemode desktop destiny detroit deutschland developer devil dezember diablo diamond diana
        dick diego dienstag dimanche dinosaur dios diosesamor director disco discovery disney do docker doctor
        doctors dodge dodgers dog doggy dogs doktor dollar dollars dolphin dolphins domain dominic dominique domino
        dominos donald donnerstag dontknow doodle door dorothy dortmund dos doudou dracula dragon dragonball dream
        dreamer dreams drei driver drugs drummer drums drunk dublin ducati duck dumb dumbledore eagle eagles earth
        easter edc edinburgh eduardo edward eeyore egypt eight eins elastic eleanor elena eleven elite elizabeth
        elvis email emerald emergency emily eminem emma empfang engel engineer england english enter enterprise
        entrance entrar entry epic eric erika espana estrella ethan europe everton everything evil example excellent
        exodus explorer facebook fairy faith falcon fall familia familie family fantastic fast fastfurious fat fate
        father fatima februar february felicidad fenerbahce fernando ferrari feyenoord fhir fiat finland firewall
        first fischer fishing five flamengo flight florence florian florida flower flowers foo foobar fool football
        for ford forest forever forevermore fortnite forzainter forzajuve forzamilan four france francesca francesco
        francis frank frankenstein franklin freedom freitag freshman friday friend friends friendship frodo fuck
        fucker fuckme fuckoff fuckyou funny furious fussball futbol gabriel gabriela gabriella galatasaray galaxy
        gambler gandalf ganesh ganja garcia garden garfield geburtstag geheim geheimnis gemini genesis geneva genf
        george gerald germany gesundheit get ghana ghost giants ginger giovanni girl girls gladiator glasgow gloria
        gmail go god godfather godisgood godislove godzilla goku golang gold golden goldeneye goldfinger golf golfer
        gonzalez good goodbye goodluck goodmorning goodnight goofy google goose gordon gorgeous gorillaz grace
        graduate grafana grandma grandmother grandpa great greece green greenday gregory gryffindor guacamole guard
        guest guinness guitar gunner hack hacked hacker hackers haha hahaha halflife hallo halloween hamburg hannah
        hansolo hanuman happiness happy harley harleydavidson harold harrison harrypotter hase hasi haslo hassan
        hate hateyou hawaii hawk hawks health healthcare healthy heat heather heaven heineken helena hell hello
        hellohello hellokitty helloworld helpdesk helsinki henry herbst hermione hermosa hernandez heroin heslo
        hewlett high hiphop history hl hobbit hockey hoffmann hogwarts hola holiday holland hollywood holmes holy
        home homer homes homesweethome homework honda honey honeybee hope horny horse horses hospital hosting hot
        hotmail hottie house houston hrvatska hulk hummer hundred hungary hunter hunting husband hussein iam ibm
        ibrahim iceman ichliebedich idiot idontknow ihateyou ilove iloveme iloveu iloveyou im in inception india
        indonesia inshallah instagram intel inter internet iphone ipsum ireland iron ironmaiden ironman is isaac
        isabel isabella island israel istanbul it italia italy jack jackie jackpot jackson jacob jaguar jamaica
        james jamesbond jamie januar january japan jasmin jasmine jason java javascript jedi jeep jeffrey jelly
        jelszo jenkins jennifer jeremy jerome jessica jesucristo jesus jesuschrist jetaime jeudi jewel joanna joao
        john johnny johnson joker jonathan jones jordan jose joseph joshua journey joy joyful juan judo juli julia
        julian juliana julie july june juni junior jupiter jurassic justice justin justinbieber juventus karate
        karen karma katherine kathleen kathryn katie katrina kawasaki kelly kenneth kenya kevin key keyboard keys
        khan kids kiev kill killer kimberly king kingdom kingkong kitchen kitten kittens kitty klinik knicks knight
        koala kobe kobebryant korea korn kotlin krakow krankenhaus krishna kristen kristina kubernetes kumar kungfu
        labor laboratory ladybug lakers lamborghini laptop lasagna lasvegas laughter laura lauren lawrence lazy
        lebron ledzeppelin leet legend legends legolas leia lemon lenovo leonard leonardo leopard let letme letmein
        letmepass lexus liberty libra library liebe liebling lightning lily linda lindsay lindsey linkedin
        linkinpark linux lion lisa lisbon little liverpool login logitech logon lol lollipop london long looser
        lopez lorem loremipsum lorenzo losangeles losenord loser lottery louis louise loulou love lovelove lovely
        loveme lover loves loveyou loving lozinka lucas lucia lucifer luck lucky luckyday luckyone luis luke lundi
        macaroni macbook madison madonna madrid maerz mai mail mailbox malaysia mama manager manchester mancity
        mango manuel manutd maradona march marco marcus mardi margaret maria mariana marie marijuana marina marines
        mario mariposa mark marlene marley mars marshmallow martha martin martina martinez martlet marvel marvin
        mary maserati mashallah master masters mateus math matrix matthew matthias maurice mausi maverick max
        maxwell may mazda mclaren me medical medicine medico medizin megan melanie melbourne melissa melon mercedes
        mercredi mercury mercy mermaid message messi metal metallica mets mexico meyer miami miamor michael
        michaeljackson michaeljordan michal michelle mickey microsoft miguel milan milano military miller million
        millionaire mima mine minecraft minnie missile mittwoch mivida mobile mohammed mom mommy monday money
        mongodb monica monika monitor monkey monopoly montag montreal moon moonlight moonraker morgan morocco
        morpheus moscow moskva motdepasse mother mountain mouse mueller muenchen muffin muhammad mum mummy munich
        murder music musica mustang my mypass mypassword mysecret myspace mysql nachos nagios napoli naruto natalie
        natasha nathan nathaniel navy nemo neo neptune netherlands network nevada new newpassword newyear newyork
        newzealand neymar nginx nguyen nicholas nicolas nicole nigeria nikita nine ninja nintendo nirvana nissan
        nitro no nobody noel nokia noodle noodles nopassword norway not notfall nothing nounours november number
        numbers nurse nurses oasis ocean october oesterreich of office ok oktober old oldpassword oliver olivia
        omsairam on oncology one onedirection onepiece onetwo onetwothree opensesame openup operator oracle orange
        orchid oreo orlando oscar oslo ostern ottawa ourpassword outlook packard packers pacman pakistan pal
        palestine palmeiras pamela panda panther papa paris parola party pass passcode passphrase passw passwd
        password passwords passwordsucks passwort patel patient patienten patients patricia patrick patriots paul
        paula paulo peace peach peaches peanut pearl pediatrics pedro pele penguin penguins penis pepper perez
        perfect perl perth peru peter peugeot pharmacy philadelphia philip philippines philips phillip phoenix phone
        photoshop physician physics physio piano picard pikachu pilot pink pinkfloyd pioneer pirate pirates pisces
        pistol pittsburgh pizza planet platinum playstation pluto pokemon poker poland polska pony poodle pooh porn
        porsche portland porto portugal postgres potato power powerful practice practitioner prague praxis predator
        president presley pretty prince princesa princesita princess princessa printer private programmer protect
        protected psalm pulpfiction pumpkin puppies puppy purple pussy pwd python qaz qazwsx queen qwe qweasd
        qweasdzxc qwert qwerties qwerty qwertyuiop qwertz rabbit racecar racer rachel racing radiohead radiologie
        radiology rafael raiders rain rainbow ralph rambo ramirez rammstein ramona ranger rangers raptor rasta raven
        ravens raymond razer realmadrid rebecca reception red redis redskins redsox reggae reha renault ricardo rich
        richard rifle rihanna river riverplate robert roberto robin roblox robocop rock rocket rocknroll rockstar
        rocky rockyou rodriguez roger roma romania rome ronald ronaldo rooney root rose rosebud rosemary roses
        rotterdam router rover ruby rugby runner running russell russia russland rust ryan sabrina safe safety
        sagittarius saibaba sailor saints salasana salsa salud samantha samedi sample samstag samsung samuel samurai
        sanchez sandiego sandra sanfrancisco santa santaclaus sante santiago santos sap sapphire sarah satan
        saturday saturn sayang scarface schalke schatz schatzi schmidt schneider school schulz schumacher schweiz
        science scooby scooter scorpio scorpion scotland scott sean seattle sebastian sebastiao second secret
        secreto secrets secure security senha senior senna september serbia sergio server service sesame seven
        sexsex sexy shadow shakira shark sharks sharma sharon sherlock shield ship shit shiva shooter short shrek
        siemens siempre sierra sifre signin silly silver simba simon simpson singapore singh sister sisters six
        skateboard skating skiing sky skyfall skyline skywalker slayer sleepy slipknot slut slytherin small smile
        smiley smith smoke smokey smoking sniper snoop snoopdogg snoopy snow snowball snowboard snowflake snowman
        soccer sofia softball soldier soleil somebody something sommer sonic sonne sonnenschein sonntag sony sophia
        sophie southafrica space spaceman spaghetti spain spanish sparta spartan speed speedy spider spiderman
        spirit spital spock sporting spring spurs srilanka stallion staple star starcraft stardust starlight stars
        startrek starwars station steel steelers stefan stefanie stella stephanie stephen steven stockholm stoned
        storage storm stormy strawberry street strike strong stronger student students study stupid subaru submarine
        success successful sugar suisse summer sun sunday sunflower sunny sunrise sunset sunshine super superman
        superuser support surfer surfing surgeon surgery susan sushi suzuki sweden sweet sweetheart sweetie sweety
        swift swimmer swimming switch switzerland sydney sylvia sysadmin system taco tank tatiana taurus taylor tea
        teacher teamo teamomucho teamor techno telefon telephone temp temporary ten tennis tequiero tequieromucho
        tequila teresa terminator test tester testing testtest tetris texas thailand the theatre theodore
        thepassword therapist therapy theresa third thisis thisismypassword thomas thompson thor thousand three
        thunder thursday tiamo tiffany tiger tigger timothy tired titanic tits to together tolkien tomato tomcat
        tool toor topgun toronto torres tortoise toshiba tottenham toyota train trance travel traveler tres trex
        trinity tristan trojan truck trucker trumpet trust trustno trustnobody trustnoone truth tuesday tulip tupac
        turbo turkey turkiye turtle twelve twenty twitter two tyler tyson ubuntu ugly ukraine unicorn united
        universe university uno user username vacation vader valentin valentina valerie vampire vancouver vanessa
        vegas velociraptor vendredi venezuela venice venus veronica victor victoria vienna vietnam viking vikings
        vincent violet violin viper virginia virgo vladimir vmware vodka voldemort volkswagen volleyball volvo
        voyager wachtwoord wagner wales walter warcraft ward warrior warriors warsaw was washington watson weapon
        weber webmaster website wedding wednesday weed weihnachten welcome welkom wendy whale whatever whatsapp
        whiskey white whore wien wife wilhelm will william williams willkommen wilson window windows wine winner
        winners winnie winter woaini wolf wolverine wolves wonderful world wrestling wsx xavier xbox xiaoming xray
        xxx xyz yada yahoo yamaha yankee yankees yellow yes yoda yolanda you youandme your yourpassword youtube
        yvonne zabbix zachary zagreb zahnarzt zelda zero zidane zodiac zombie zuerich zurich zwei zxc zxcv zxcvbn
        zxcvbnm
        """
}
